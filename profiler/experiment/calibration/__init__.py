"""From what a device shows to a GPU file that behaves like it: `profiler.experiment.calibration.calibrate`."""

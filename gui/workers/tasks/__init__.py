"""What a worker process does for each kind of job: one function a job, none of them imported by the window."""

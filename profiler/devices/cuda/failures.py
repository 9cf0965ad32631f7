"""What the driver's error codes mean to a user, and what to do about them."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.errors import DeviceError

#: Codes after which a context is lost: every later call of the process returns the same one. Source: cuda.h, whose
#: texts for these say that the process must be terminated and relaunched.
STICKY = frozenset({214, 700, 702, 709, 710, 711, 714, 715, 716, 717, 718, 719, 721, 999})

OUT_OF_MEMORY = 2
INVALID_HANDLE = 400
NOT_READY = 600
UNKNOWN = 999

SIMULATE = "A simulated GPU needs none of this: --device sim:h100-sxm."

_REMEDIES = {
    2: "Run a smaller batch, fewer streams or fewer buffers.",
    3: "Reload the driver or reboot: it did not start.",
    34: f"The libcuda found is a stub for linking; put the driver's own first on the library path. {SIMULATE}",
    35: f"Install a newer NVIDIA driver. {SIMULATE}",
    46: "Another process holds the GPU in exclusive mode: end it (nvidia-smi lists it), or allow sharing with "
    "nvidia-smi -c DEFAULT.",
    100: f"Check nvidia-smi and CUDA_VISIBLE_DEVICES. {SIMULATE}",
    101: "List the devices with lanescope devices.",
    200: "The kernels and the driver do not fit together: install a newer driver or an older nvidia-cuda-nvrtc.",
    209: "The kernels were not compiled for this GPU: clear Lanescope's kernel cache and run again.",
    222: "The driver is older than NVRTC: install a newer driver or an older nvidia-cuda-nvrtc.",
    700: "A kernel reached memory that is not its own; compute-sanitizer shows where.",
    701: "The kernel asks for more registers, threads or shared memory than this GPU has.",
    702: "A kernel ran longer than the display's limit: use a GPU that drives no display, or a smaller batch.",
    719: "A kernel failed while running; compute-sanitizer shows where.",
    802: "The GPU's fabric manager has not finished: start nvidia-fabricmanager.",
    803: "The kernel module and libcuda are of different versions: reboot after the driver's update.",
    804: "This GPU takes no forward-compatible driver: install a newer NVIDIA driver.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the driver answered to a call that failed.

    Attributes
    ----------
    call : str
        The entry point, such as ``cuStreamSynchronize``.
    code : int
    name, text : str
        The driver's own words for the code.
    """

    call: str
    code: int
    name: str
    text: str


class DriverError(DeviceError):
    """A driver call that failed. ``where`` names the plan's step where there is one."""

    def __init__(self, answer: Answer, *, where: str | None = None, doing: str = "", remedy: str | None = None) -> None:
        said = f"{answer.name}, {answer.text}" if answer.text else answer.name
        purpose = f" ({doing})" if doing else ""
        super().__init__(
            f"{answer.call}{purpose} failed: {said} (code {answer.code})",
            where=where,
            remedy=remedy or _REMEDIES.get(answer.code, "The driver's log (dmesg) may say more."),
        )
        self.answer = answer
        self.doing = doing

    @property
    def sticky(self) -> bool:
        """Whether the process can use the device no more."""
        return self.answer.code in STICKY

    def at(self, where: str) -> DriverError:
        """The same failure with its place, unless it has one."""
        return self if self.where else DriverError(self.answer, where=where, doing=self.doing, remedy=self.remedy)

"""The time axis that ruler, lanes and minimap share: where it begins, and its ticks."""

from __future__ import annotations

from gui.state.times import zero_ns
from gui.state.view import ViewState
from gui.state.workspace import Workspace
from gui.timeline.look import Look
from gui.timeline.texts import Texts
from profiler.timeline.ruler import GAP_PX, Ruler, make_ruler
from profiler.timeline.viewport import Viewport

COLUMN_PX = 190
#: Of the width, while nobody set the column.
_MOST_SHARE = 0.4
LEAST_COLUMN_PX, MOST_COLUMN_PX = 72, 480


class Axis:
    """Width of the column of names, and the ruler of a view."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.column: float | None = None  #: as a person set it, in pixels at scale 1
        self.room_px = 0  #: width of names and lanes together, in device pixels; 0 while it is not known
        self._known: tuple[object, Ruler, Viewport] | None = None

    def column_px(self, look: Look) -> int:
        """Where the time axis begins, in device pixels; names leave most of a narrow window to it unless told."""
        if self.column is not None:
            return look.px(self.column)
        wanted, share = look.px(COLUMN_PX), round(_MOST_SHARE * self.room_px)
        return min(wanted, max(share, look.px(LEAST_COLUMN_PX))) if self.room_px else wanted

    def set_column(self, width: float) -> None:
        """Make the column wider or narrower; in pixels at scale 1."""
        self.column = min(max(width, LEAST_COLUMN_PX), MOST_COLUMN_PX)

    def origin_ns(self, view: ViewState) -> int:
        """The relative time that the ruler calls 0."""
        return zero_ns(view, self._workspace)

    def viewport(self, view: ViewState, look: Look, width_px: int) -> Viewport:
        """The seen stretch over the pixels right of the column."""
        return Viewport(*view.shown, max(width_px - self.column_px(look), 1))

    def ruler(self, view: ViewState, look: Look, width_px: int, texts: Texts) -> tuple[Ruler, Viewport]:
        """Ticks of the view; made once for ruler and grid."""
        key = (view.shown, self.column_px(look), width_px, self.origin_ns(view), look.scale)
        if self._known is None or self._known[0] != key:
            viewport = self.viewport(view, look, width_px)
            made = make_ruler(viewport, texts.measure, origin_ns=self.origin_ns(view), gap_px=look.px(GAP_PX))
            self._known = (key, made, viewport)
        return self._known[1], self._known[2]

    def major_px(self, view: ViewState, look: Look, width_px: int, texts: Texts) -> list[int]:
        """Pixels of the major ticks from the axis' left end."""
        ruler, viewport = self.ruler(view, look, width_px, texts)
        return [round(x) for x in viewport.x_of(ruler.major).tolist()]

"""How the window looks: one palette and one style sheet, from the colours that timelines have."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from gui.state.settings import Settings
from profiler.report.palette import DARK, LIGHT, Theme
from profiler.timeline.paint import Paint

#: Controls that Fusion outlines in the window's colour, made so many percent darker.
_OUTLINED = ("QAbstractSpinBox", "QSlider", "QCheckBox")
_DARKER_PERCENT = 140


class ThemeManager(QObject):
    """Applies the settings' theme and interface scale to the application, and follows the system where asked.

    Signals
    -------
    changed : Theme
        Colours or sizes are others; whoever paints for itself repaints.
    """

    changed = Signal(object)

    def __init__(self, application: QApplication, settings: Settings) -> None:
        super().__init__(application)
        self._application = application
        self._settings = settings
        self._base_font = QFont(application.font())
        application.setStyle("Fusion")
        settings.events.theme.connect(self.apply)
        settings.events.scale.connect(self.apply)
        application.styleHints().colorSchemeChanged.connect(self.apply)
        self.apply()

    @property
    def theme(self) -> Theme:
        """The colours in force."""
        if self._settings.theme == "system":
            return DARK if _system_is_dark() else LIGHT
        return DARK if self._settings.theme == "dark" else LIGHT

    @property
    def scale(self) -> float:
        """Factor on texts and measures."""
        return self._settings.scale

    def apply(self) -> None:
        """Put colours and sizes in force."""
        theme = self.theme
        font = QFont(self._base_font)
        font.setPointSizeF(max(self._base_font.pointSizeF(), 9.0) * self._settings.scale)
        self._application.setFont(font)
        self._application.setPalette(palette_of(theme))
        for name in _OUTLINED:
            self._application.setPalette(_outlined_palette(theme), name)
        self._application.setStyleSheet(style_sheet(theme))
        self.changed.emit(theme)


def _system_is_dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def palette_of(theme: Theme) -> QPalette:
    """Qt's palette in a theme's colours."""
    role = QPalette.ColorRole
    accent = theme.paint[Paint.KERNEL]
    colours = {
        role.Window: theme.background,
        role.Base: theme.background,
        role.AlternateBase: theme.lane,
        # Fusion shades handles and arrows from this one: on a dark page they must be lighter than the page to be seen.
        role.Button: theme.grid if theme is DARK else theme.lane,
        role.ToolTipBase: theme.lane,
        role.Text: theme.text,
        role.WindowText: theme.text,
        role.ButtonText: theme.text,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted,
        role.Highlight: accent,
        role.HighlightedText: theme.ink(Paint.KERNEL),
        role.Link: accent,
        role.Light: theme.lane,
        role.Midlight: theme.grid,
        role.Mid: theme.rule,
        role.Dark: theme.rule,
        role.Shadow: theme.rule,
        role.Accent: accent,
    }
    palette = QPalette()
    for name, colour in colours.items():
        palette.setColor(name, QColor(colour))
    disabled = QColor(theme.muted)
    for name in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, disabled)
    return palette


def _outlined_palette(theme: Theme) -> QPalette:
    """For controls whose outline the style takes from the window's colour: on a dark page it would not be seen."""
    palette = palette_of(theme)
    palette.setColor(QPalette.ColorRole.Window, QColor(outline_of(theme)).lighter(_DARKER_PERCENT))
    return palette


def outline_of(theme: Theme) -> str:
    """The edge of fields, boxes to check and sliders: at least 3:1 against the page (WCAG 2.2, 1.4.11)."""
    return _blended(theme.muted, theme.background, 0.9)


def progress_of(theme: Theme) -> str:
    """The bar of a job, dim enough for the text that lies over its end."""
    return _blended(theme.paint[Paint.KERNEL], theme.lane, 0.4)


def _blended(colour: str, ground: str, share: float) -> str:
    pairs = zip(QColor(colour).getRgb()[:3], QColor(ground).getRgb()[:3], strict=True)
    return QColor(*(round(share * over + (1 - share) * under) for over, under in pairs)).name()


def style_sheet(theme: Theme) -> str:
    """Qt's style sheet: flat panels, thin rules, and a ring around what has the keyboard."""
    accent = theme.paint[Paint.KERNEL]
    return f"""
QMainWindow::separator {{ background: {theme.rule}; width: 1px; height: 1px; margin: 2px; }}
QMainWindow::separator:hover {{ background: {accent}; }}
QDockWidget {{ font-weight: 600; }}
QDockWidget::title {{ padding: 5px 8px; background: {theme.lane}; border-bottom: 1px solid {theme.rule}; }}
QToolTip {{ color: {theme.text}; background: {theme.lane}; border: 1px solid {theme.rule}; padding: 4px; }}
QMenuBar {{ background: {theme.background}; border-bottom: 1px solid {theme.rule}; }}
QMenuBar::item {{ padding: 4px 9px; background: transparent; }}
QMenuBar::item:selected, QMenu::item:selected {{ background: {accent}; color: {theme.ink(Paint.KERNEL)}; }}
QMenu {{ background: {theme.background}; border: 1px solid {theme.rule}; padding: 4px; }}
QMenu::item {{ padding: 4px 22px 4px 22px; }}
QMenu::item:disabled {{ color: {theme.muted}; }}
QMenu::separator {{ height: 1px; background: {theme.rule}; margin: 4px 6px; }}
QStatusBar {{ background: {theme.lane}; border-top: 1px solid {theme.rule}; }}
QStatusBar::item {{ border: none; }}
QTabBar::tab {{ padding: 5px 10px; border: none; border-bottom: 2px solid transparent; color: {theme.muted}; }}
QTabBar::tab:selected {{ color: {theme.text}; border-bottom-color: {accent}; }}
QTabBar::tab:hover {{ color: {theme.text}; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {theme.rule}; }}
QHeaderView::section {{ background: {theme.lane}; color: {theme.text}; border: none;
  border-right: 1px solid {theme.rule}; border-bottom: 1px solid {theme.rule}; padding: 3px 6px; }}
QTableView, QTreeView, QListView, QPlainTextEdit {{ border: 1px solid {theme.rule}; gridline-color: {theme.grid};
  selection-background-color: {accent}; selection-color: {theme.ink(Paint.KERNEL)}; }}
QAbstractScrollArea:focus {{ border: 1px solid {accent}; }}
QPushButton {{ background: {theme.lane}; border: 1px solid {theme.rule}; border-radius: 4px; padding: 4px 10px; }}
QPushButton:hover, QToolButton:hover {{ border-color: {accent}; }}
QPushButton:pressed {{ background: {theme.grid}; }}
QPushButton:disabled {{ color: {theme.muted}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {accent}; }}
QPushButton[primary="true"] {{ background: {accent}; color: {theme.ink(Paint.KERNEL)}; border-color: {accent}; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 3px; }}
QToolButton:checked {{ background: {theme.grid}; border-color: {accent}; }}
QLineEdit {{ background: {theme.background}; border: 1px solid {theme.rule}; border-radius: 4px; padding: 2px 6px;
  min-height: 1.4em; }}
QLineEdit:focus {{ border-color: {accent}; }}
QLineEdit:disabled {{ color: {theme.muted}; background: {theme.lane}; }}
QSpinBox QLineEdit, QDoubleSpinBox QLineEdit, QComboBox QLineEdit {{ border: none; min-height: 0; padding: 0; }}
QGroupBox {{ border: none; margin-top: 1.6em; font-weight: 600; }}
QGroupBox::title {{ subcontrol-origin: margin; left: 0px; padding: 0 0 4px 0; color: {theme.muted}; }}
QLabel[muted="true"] {{ color: {theme.muted}; }}
QLabel[problem="true"] {{ color: {theme.text}; background: {theme.lane}; border-left: 3px solid {theme.exposed};
  padding: 5px 8px; }}
QSlider:focus {{ border: 1px solid {accent}; border-radius: 4px; }}
QProgressBar {{ border: 1px solid {theme.rule}; border-radius: 4px; text-align: center; background: {theme.lane};
  max-height: 1.3em; }}
QProgressBar::chunk {{ background: {progress_of(theme)}; border-radius: 3px; }}
"""

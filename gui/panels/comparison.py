"""Comparing: pinned states beside each other, all strategies ranked, operations matched."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QWidget

from gui.panels.controls import column, named
from gui.panels.matched_page import MatchedPage
from gui.panels.ranking_page import Ranker, RankingPage
from gui.panels.service import Service
from gui.panels.states_page import StatesPage
from gui.state.jumping import Jumper
from gui.state.scenario import ScenarioState


class ComparisonPanel(QWidget):
    """Three pages of comparison.

    Parameters
    ----------
    jumper : Jumper
    scenario : ScenarioState
    service : Service
    ranker : callable
        Ranks all strategies for the scenario: gets ``done`` and ``failed``, gives a ticket.

    Signals
    -------
    pin_asked : no argument
        The live timeline is to be kept.
    """

    pin_asked = Signal()

    def __init__(
        self,
        jumper: Jumper,
        scenario: ScenarioState,
        service: Service,
        ranker: Ranker,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        named(self, "comparison")
        self._tabs = named(QTabWidget(), "comparison-pages")
        self._tabs.setDocumentMode(True)
        ranking = RankingPage(scenario, jumper.workspace, ranker)
        ranking.pin_asked.connect(self.pin_asked)
        self._tabs.addTab(StatesPage(jumper.workspace), "States")
        self._tabs.addTab(ranking, "Strategies")
        self._tabs.addTab(MatchedPage(jumper, service), "Operations")
        column(self, edge=0).addWidget(self._tabs)
        self.setFocusProxy(self._tabs)

"""The browser of these tests: the system's Chromium, without the network and without leftovers of earlier runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",
]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"

needs_chromium = pytest.mark.skipif(EXECUTABLE is None, reason="chromium is not installed")
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in web/")

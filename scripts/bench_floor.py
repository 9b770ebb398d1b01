"""Open one page in the browser that a sync uses, and end: what no sync can avoid.

python -m scripts.bench_floor URL
"""

from __future__ import annotations

import os
import sys

from playwright.sync_api import sync_playwright

from sync.erp.browser import BROWSER_ARGUMENTS, find_browser

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=find_browser(os.environ.get("BROWSER_PATH", "")),
        args=list(BROWSER_ARGUMENTS),
        chromium_sandbox=os.geteuid() != 0,
    )
    browser.new_page().goto(sys.argv[1])
    browser.close()

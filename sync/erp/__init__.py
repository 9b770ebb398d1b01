"""Work the ERP with a browser: ``fetch_customer_list`` turns a config into a file on disk."""

from sync.erp.browser import find_browser
from sync.erp.client import FetchedList, Progress, fetch_customer_list
from sync.erp.config import ErpConfig
from sync.erp.pager import PagerBounds

__all__ = ["ErpConfig", "FetchedList", "PagerBounds", "Progress", "fetch_customer_list", "find_browser"]

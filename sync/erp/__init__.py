"""Drive the ERP with a browser: ``fetch_customer_list`` downloads the customer list to a file."""

from sync.erp.browser import find_browser
from sync.erp.client import FetchedList, FetchStep, fetch_customer_list
from sync.erp.config import ErpConfig
from sync.erp.explain import Explanation, explain
from sync.erp.login import SingleLogin
from sync.erp.pager import PagerBounds
from sync.erp.reach import Reach, reach
from sync.erp.work_folder import private_folder, remove_leftovers

__all__ = [
    "ErpConfig",
    "Explanation",
    "FetchStep",
    "FetchedList",
    "PagerBounds",
    "Reach",
    "SingleLogin",
    "explain",
    "fetch_customer_list",
    "find_browser",
    "private_folder",
    "reach",
    "remove_leftovers",
]

"""The Archibald ERP, simulated: its web pages, its export, its faults, and invented customers."""

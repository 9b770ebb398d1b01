"""Monitoring of runs: counters, alerts, pings, and the suspension of scheduled runs."""

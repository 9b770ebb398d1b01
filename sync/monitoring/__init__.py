"""What is told about runs: counters, alerts, pings, and whether the schedule is suspended."""

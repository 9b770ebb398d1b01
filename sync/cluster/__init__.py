"""django-q2's processes: started, monitored and stopped."""

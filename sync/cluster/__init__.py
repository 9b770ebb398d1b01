"""django-q2's processes, started and watched."""

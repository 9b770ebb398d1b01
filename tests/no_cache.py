"""The setting ``CACHES`` of a machine whose Redis is away."""

from typing import Any, Final

# Nothing listens on port 1, so the connection is refused.
NO_CACHE: Final[dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:1/0",
    }
}

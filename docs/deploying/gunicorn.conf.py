"""Settings of gunicorn; WEB_CONCURRENCY in the environment says how many workers."""

bind = "unix:/run/guestbook/gunicorn.sock"  # or "127.0.0.1:8000"
umask = 0o007  # the socket is for our own group, which is nginx's

worker_class = "gthread"  # or "gevent", or "sync"
threads = 4  # for "sync" 1: with more, gunicorn takes "gthread" all the same

timeout = 30  # seconds without a sign of life until a worker is replaced
graceful_timeout = 20  # seconds that running requests get at a reload or stop
max_requests = 10_000  # then a worker is replaced: a slow leak stays small
max_requests_jitter = 1_000  # but not all at once

errorlog = "-"  # the journal; nginx keeps the access log
control_socket_disable = True  # it would be made in a home folder that we do not have

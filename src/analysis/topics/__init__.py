"""What single topics put together from figures and methods, so that their notebooks need no cleverness."""

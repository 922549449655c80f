"""No test of a verdict takes a crash of the package for an error that it foresaw."""

from tests.support.unforeseen import no_unforeseen_exception

__all__ = ["no_unforeseen_exception"]

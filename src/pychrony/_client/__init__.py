"""Asking chronyd."""

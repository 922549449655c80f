"""Fixes as code: findings in; Terraform, HTTP requests or plain text out. Nothing is ever sent."""

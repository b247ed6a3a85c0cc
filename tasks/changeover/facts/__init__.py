"""What is so on a host: batched probes, parsed."""

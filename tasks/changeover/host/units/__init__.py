"""The program that stops and starts units in bounded time, and tells their processes."""

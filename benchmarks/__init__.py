"""Quality and speed, side by side with what people would use instead. `python -m benchmarks` renews RESULTS.md."""

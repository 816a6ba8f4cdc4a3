"""What every topic stands on, and no topic's business."""

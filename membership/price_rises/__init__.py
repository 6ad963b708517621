"""A price rise: drafted, announced, brought in holder by holder."""

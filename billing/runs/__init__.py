"""A billing run as a thing: rehearsed, issued, proven; and what it holds back for a person."""

"""Technology brokers: who they are, what they have learned, whom they visited and which demands they brought home."""

"""Real servers and simulators that tests run against. Nothing here is part of the product."""

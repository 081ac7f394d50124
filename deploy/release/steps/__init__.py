"""Steps of a release. `deploy/release/run` puts them in order."""

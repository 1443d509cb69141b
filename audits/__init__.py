"""What others say of a built site: the Nu validator and Lighthouse over a page of each kind."""

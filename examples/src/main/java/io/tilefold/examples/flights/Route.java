package io.tilefold.examples.flights;

/** A pair of airports, not necessarily flown. */
record Route(String origin, String destination) {}

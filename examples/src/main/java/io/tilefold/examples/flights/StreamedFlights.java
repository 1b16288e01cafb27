package io.tilefold.examples.flights;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Looks for flights to place the demo's moments at, in a stream of {@code fromMs <= ts < toMs}. */
record StreamedFlights(FlightsDatabase database, long fromMs, long toMs) {

    /** A flight's time and route. */
    record Flight(long tsMs, Route route) {}

    /** In a fixed order. */
    List<Flight> between(long firstMs, long endMs) throws SQLException {
        return onGrid(firstMs, endMs, 1);
    }

    /** Those whose time is a multiple of {@code hopMs}, in a fixed order. */
    List<Flight> onGrid(long firstMs, long endMs, long hopMs) throws SQLException {
        List<Flight> flights = new ArrayList<>();
        try (PreparedStatement select = database.connection().prepareStatement("""
                        SELECT DISTINCT ts, origin, destination FROM flights
                        WHERE ts >= ? AND ts < ? AND ts % ? = 0 ORDER BY ts, origin, destination
                        """)) {
            select.setLong(1, firstMs);
            select.setLong(2, endMs);
            select.setLong(3, hopMs);
            try (ResultSet result = select.executeQuery()) {
                while (result.next()) {
                    flights.add(new Flight(result.getLong(1), new Route(result.getString(2), result.getString(3))));
                }
            }
        }
        return flights;
    }
}

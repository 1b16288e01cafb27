package io.tilefold.examples.flights;

import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * A flight as the topic {@code flights} carries it.
 *
 * @param tsMs event time, epoch milliseconds
 * @param json the record's value: {@code {"ts":…,"delay":…,"distance":…,"origin":"…","destination":"…"}}
 */
public record FlightEvent(long tsMs, String json) {

    /**
     * The flights with {@code fromMs <= ts < toMs} in time order; flights of one time in the order of their files, so the same at every call.
     *
     * @param flights directory of {@code ds=…/*.parquet}
     */
    public static List<FlightEvent> read(Path flights, long fromMs, long toMs) throws SQLException {
        List<FlightEvent> events = new ArrayList<>();
        try (FlightsDatabase database = FlightsDatabase.open(flights);
                PreparedStatement select = database.connection().prepareStatement("""
                                SELECT ts, to_json({ts: ts, delay: delay, distance: distance, origin: origin, destination: destination})
                                FROM flights WHERE ts >= ? AND ts < ? ORDER BY ts, rowid
                                """)) {
            select.setLong(1, fromMs);
            select.setLong(2, toMs);
            try (ResultSet result = select.executeQuery()) {
                while (result.next()) {
                    events.add(new FlightEvent(result.getLong(1), result.getString(2)));
                }
            }
        }
        return events;
    }
}

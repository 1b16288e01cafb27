package io.tilefold.serving;

import io.tilefold.client.Fetch;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import java.util.Map;

/** A fetch of every pair of airports, by origin, then destination. */
final class AllRoutes {
    private AllRoutes() {}

    static Fetch fetch() {
        return of(Fetch.join("flight_context"));
    }

    /** Adds the rows. */
    static Fetch of(Fetch fetch) {
        for (String origin : Flights.AIRPORTS) {
            for (String destination : Flights.AIRPORTS) {
                fetch.row(Map.of("origin", origin, "destination", destination));
            }
        }
        return fetch;
    }

    /** The shard of a part's key in a row. */
    static int shard(String part, int row) {
        String origin = Flights.AIRPORTS.get(row / Flights.AIRPORTS.size());
        String destination = Flights.AIRPORTS.get(row % Flights.AIRPORTS.size());
        KeyEncoder key = new KeyEncoder().reset();
        switch (part) {
            case "route" -> key.putString(origin).putString(destination);
            case "airport_departures", "from_airport_daily" -> key.putString(origin);
            default -> key.putString(destination);
        }
        return KeyHash.shard(key.hash(), FlightStore.SHARDS);
    }
}

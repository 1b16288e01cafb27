package io.tilefold.examples.flights;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Picks the routes to ask at a moment: {@value #ROUTE_COUNT} distinct ones, from busy to never flown. */
final class RoutePicker {
    static final int ROUTE_COUNT = 92;

    private static final int AT_Q_COUNT_MAX = 6;
    private static final int AT_TAIL_COUNT_MAX = 10;
    private static final int QUIET_COUNT = 6;
    private static final int NEVER_FLOWN_COUNT = 4;
    private static final String UNKNOWN_AIRPORT = "?!?";

    private final FlightsDatabase database;

    /** Routes of the history in a fixed order, and how many flights each had. */
    private final List<Route> routes;

    private final List<Long> flightCounts;
    private final List<String> airports;

    private RoutePicker(FlightsDatabase database, List<Route> routes, List<Long> flightCounts) {
        this.database = database;
        this.routes = routes;
        this.flightCounts = flightCounts;
        Set<String> names = new TreeSet<>();
        routes.forEach(route -> names.add(route.origin()));
        this.airports = List.copyOf(names);
    }

    static RoutePicker of(FlightsDatabase database, long batchEndMs) throws SQLException {
        List<Route> routes = new ArrayList<>();
        List<Long> flightCounts = new ArrayList<>();
        try (PreparedStatement select = database.connection().prepareStatement("""
                        SELECT origin, destination, count(*) FROM flights WHERE ts < ?
                        GROUP BY ALL ORDER BY origin, destination
                        """)) {
            select.setLong(1, batchEndMs);
            try (ResultSet result = select.executeQuery()) {
                while (result.next()) {
                    routes.add(new Route(result.getString(1), result.getString(2)));
                    flightCounts.add(result.getLong(3));
                }
            }
        }
        if (routes.size() < ROUTE_COUNT) {
            throw new IllegalArgumentException("only " + routes.size() + " routes flew before " + batchEndMs
                    + " ms: the demo asks for " + ROUTE_COUNT + " at a time");
        }
        return new RoutePicker(database, routes, flightCounts);
    }

    /** @param wanted routes that are picked first */
    List<Route> pick(long qMs, List<Route> wanted, SplittableRandom random) throws SQLException {
        Set<Route> picked = new LinkedHashSet<>(wanted);
        picked.addAll(sample(flownAtQ(qMs), AT_Q_COUNT_MAX, random));
        picked.addAll(sample(flownAtTail(qMs), AT_TAIL_COUNT_MAX, random));
        picked.addAll(sample(routes, QUIET_COUNT, random));
        addNeverFlown(picked, random);
        picked.add(new Route(UNKNOWN_AIRPORT, airports.get(random.nextInt(airports.size()))));
        picked.add(new Route(airports.get(random.nextInt(airports.size())), UNKNOWN_AIRPORT));
        picked.add(new Route(UNKNOWN_AIRPORT, UNKNOWN_AIRPORT));
        for (Route busy : byFlightCount(random)) {
            if (picked.size() >= ROUTE_COUNT) {
                break;
            }
            picked.add(busy);
        }
        return List.copyOf(picked);
    }

    private void addNeverFlown(Set<Route> picked, SplittableRandom random) {
        Set<Route> flown = new HashSet<>(routes);
        for (int count = 0; count < NEVER_FLOWN_COUNT; ) {
            Route route = new Route(
                    airports.get(random.nextInt(airports.size())), airports.get(random.nextInt(airports.size())));
            if (!flown.contains(route) && picked.add(route)) {
                count++;
            }
        }
    }

    /** All routes in a random order in which a route's chance to be early is its share of the flights. */
    private List<Route> byFlightCount(SplittableRandom random) {
        // Efraimidis and Spirakis: sampling without replacement is sorting by -ln(u) / weight. Strict, so that a seed
        // means one choice.
        double[] ranks = new double[routes.size()];
        for (int i = 0; i < ranks.length; i++) {
            ranks[i] = -StrictMath.log(1 - random.nextDouble()) / flightCounts.get(i);
        }
        return IntStream.range(0, ranks.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> ranks[i]))
                .map(routes::get)
                .toList();
    }

    private List<Route> flownAtQ(long qMs) throws SQLException {
        return flown("ts = ?", qMs);
    }

    private List<Route> flownAtTail(long qMs) throws SQLException {
        return flown("ts IN (SELECT tail(?, length_ms, hop_ms) FROM windows WHERE w <> '')", qMs);
    }

    private List<Route> flown(String condition, long qMs) throws SQLException {
        List<Route> flown = new ArrayList<>();
        try (PreparedStatement select = database.connection()
                .prepareStatement("SELECT DISTINCT origin, destination FROM flights WHERE " + condition
                        + " ORDER BY origin, destination")) {
            select.setLong(1, qMs);
            try (ResultSet result = select.executeQuery()) {
                while (result.next()) {
                    flown.add(new Route(result.getString(1), result.getString(2)));
                }
            }
        }
        return flown;
    }

    private static List<Route> sample(List<Route> from, int countMax, SplittableRandom random) {
        List<Route> rest = new ArrayList<>(from);
        List<Route> sample = new ArrayList<>();
        while (sample.size() < countMax && !rest.isEmpty()) {
            sample.add(rest.remove(random.nextInt(rest.size())));
        }
        return sample;
    }
}

package io.tilefold.ingest;

import io.tilefold.catalog.CatalogCodec;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.SlowModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A small world of flights: a topic's JSON, and three GroupBys over it. */
public final class Flights {
    /** 2001-02-01. */
    public static final long FEBRUARY_MS = 980_985_600_000L;

    public static final long DAY_MS = 86_400_000L;

    private static final Schema TABLE = Schema.of(
            new Field("ts", Scalar.LONG),
            new Field("origin", Scalar.STRING),
            new Field("destination", Scalar.STRING),
            new Field("delay", Scalar.INT));

    private Flights() {}

    /** Per airport: how many flights and the sum of their delays, ever and in a day. */
    public static CompiledGroupBy airport(String topic) {
        GroupBy groupBy = GroupBy.builder("airport")
                .source(Source.events(
                        "flights",
                        topic,
                        Query.builder()
                                .select("delay", "CAST(delay AS BIGINT)")
                                .wheres("origin IS NULL OR origin <> 'NOWHERE'")
                                .timeColumn("ts")
                                .build()))
                .keys("origin")
                .aggregate(Aggregation.of("count", "delay").windows())
                .aggregate(Aggregation.of("sum", "delay").windows())
                .aggregate(Aggregation.of("count", "delay").windows("1d"))
                .online(true)
                .build();
        return compiled(groupBy, Schema.of(new Field("origin", Scalar.STRING), new Field("delay", Scalar.LONG)));
    }

    /** The same values as {@link #airport} and one more, under a name of its own: a definition that is to take the other's place. */
    public static CompiledGroupBy airportNext(String name, String topic) {
        GroupBy groupBy = GroupBy.builder(name)
                .source(Source.events(
                        "flights",
                        topic,
                        Query.builder()
                                .select("delay", "CAST(delay AS BIGINT)")
                                .wheres("origin IS NULL OR origin <> 'NOWHERE'")
                                .timeColumn("ts")
                                .build()))
                .keys("origin")
                .aggregate(Aggregation.of("count", "delay").windows())
                .aggregate(Aggregation.of("sum", "delay").windows())
                .aggregate(Aggregation.of("count", "delay").windows("1d"))
                .aggregate(Aggregation.of("max", "delay").windows())
                .online(true)
                .build();
        return compiled(groupBy, Schema.of(new Field("origin", Scalar.STRING), new Field("delay", Scalar.LONG)));
    }

    /** Per route: how many flights. */
    public static CompiledGroupBy route(String topic) {
        GroupBy groupBy = GroupBy.builder("route")
                .source(Source.events(
                        "flights", topic, Query.builder().timeColumn("ts").build()))
                .keys("origin", "destination")
                .aggregate(Aggregation.of("count", "delay").windows())
                .online(true)
                .build();
        return compiled(
                groupBy,
                Schema.of(
                        new Field("origin", Scalar.STRING),
                        new Field("destination", Scalar.STRING),
                        new Field("delay", Scalar.INT)));
    }

    /** A snapshot: no topic. */
    public static CompiledGroupBy daily() {
        GroupBy groupBy = GroupBy.builder("daily")
                .source(Source.events(
                        "flights", Query.builder().timeColumn("ts").build()))
                .keys("origin")
                .aggregate(Aggregation.of("count", "delay").windows("7d"))
                .online(true)
                .build();
        return compiled(groupBy, Schema.of(new Field("origin", Scalar.STRING), new Field("delay", Scalar.INT)));
    }

    private static CompiledGroupBy compiled(GroupBy groupBy, Schema selected) {
        return new CompiledGroupBy(
                DefinitionIds.of(groupBy, List.of(TABLE), selected), groupBy, List.of(TABLE), selected);
    }

    public static byte[] catalog(CompiledGroupBy... groupBys) {
        return CatalogCodec.encode(new Catalog(List.of(groupBys), List.of(), List.of()));
    }

    public static String json(long timeMs, String origin, String destination, int delay) {
        return "{\"ts\":" + timeMs + ",\"origin\":\"" + origin + "\",\"destination\":\"" + destination + "\",\"delay\":"
                + delay + ",\"unknown\":[1,{\"a\":2}]}";
    }

    /** Events one second apart from {@code fromMs}, over four airports. */
    public static List<String> events(long fromMs, int first, int count) {
        return modelEvents(fromMs, first, count).stream()
                .map(event -> json(
                        event.timeMs(),
                        (String) Objects.requireNonNull(event.get("origin")),
                        (String) Objects.requireNonNull(event.get("destination")),
                        ((Long) Objects.requireNonNull(event.get("delay"))).intValue()))
                .toList();
    }

    /** The events of {@link #events} as the slow model takes them. */
    public static List<ModelEvent> modelEvents(long fromMs, int first, int count) {
        List<ModelEvent> events = new ArrayList<>();
        for (long i = first; i < first + count; i++) {
            events.add(new ModelEvent(
                    fromMs + i * 1_000, Map.of("origin", "A" + i % 4, "destination", "B" + i % 2, "delay", i % 10)));
        }
        return events;
    }

    /** What {@link #airport} gives at q, by the slow model. */
    public static List<@Nullable Object> airportValues(List<ModelEvent> events, String origin, long q) {
        List<ModelEvent> ofAirport = events.stream()
                .filter(event -> origin.equals(event.get("origin")))
                .toList();
        List<@Nullable Object> values = new ArrayList<>();
        values.add(SlowModel.value(ofAirport, q, "", "count", 0, "delay", null));
        values.add(SlowModel.value(ofAirport, q, "", "sum", 0, "delay", null));
        values.add(SlowModel.value(ofAirport, q, "1d", "count", 0, "delay", null));
        return values;
    }
}

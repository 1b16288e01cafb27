package io.tilefold.ingest;

import static org.awaitility.Awaitility.await;

import io.tilefold.catalog.CatalogCodec;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Departures, joined to what is known of their airports, and a GroupBy of what comes out. */
public final class Departures {
    public static final String JOIN = "team.departures";

    /** A departure as the topic has it. */
    static final Schema ROW = Schema.of(
            new Field("seats", Scalar.INT),
            new Field("carrier", Scalar.STRING),
            new Field("at", Scalar.LONG),
            new Field("origin", Scalar.STRING));

    private static final Schema OUTPUT = Schema.of(
            new Field("carrier", Scalar.STRING),
            new Field("airport_delay_sum", Scalar.LONG),
            new Field("seats", Scalar.LONG),
            new Field("crowd", Scalar.LONG),
            new Field("airport_delay_count", Scalar.LONG),
            new Field("ds", Scalar.STRING),
            new Field("ts", Scalar.LONG));

    private Departures() {}

    /** The parent: a departure of more than no seats, with its airport's delays, and these and its seats. */
    public static CompiledJoin join(String topic, CompiledGroupBy airport) {
        Join join = Join.builder(
                        JOIN,
                        Source.events(
                                "departures",
                                topic,
                                Query.builder()
                                        .select("seats", "CAST(seats AS BIGINT)")
                                        .select("carrier", "UPPER(carrier)")
                                        .wheres("seats > 0")
                                        .timeColumn("at")
                                        .build()))
                .part(JoinPart.of("airport"))
                .contextual(Schema.of(new Field("seats", Scalar.LONG)))
                .derive("*", "*")
                .derive("crowd", "airport_delay_sum + ext_contextual_seats")
                .online(true)
                .build();
        Schema left = Schema.of(
                new Field("seats", Scalar.LONG),
                new Field("carrier", Scalar.STRING),
                new Field("origin", Scalar.STRING));
        return new CompiledJoin(DefinitionIds.of(join, left, List.of(airport.id())), join, ROW, left);
    }

    /** The child: by carrier, how many departures, the sum of their airports' delays and seats, and the latest crowd. */
    public static CompiledGroupBy carrier(String topic, CompiledJoin parent) {
        GroupBy groupBy = GroupBy.builder("carrier")
                .source(new Source.JoinOutput(
                        JOIN,
                        Query.builder()
                                .select("load", "airport_delay_sum + seats")
                                .wheres("airport_delay_count IS NOT NULL OR seats > 100", "ds >= '2001-02-01'")
                                .build(),
                        Optional.of(topic)))
                .keys("carrier")
                .aggregate(Aggregation.of("count", "seats").windows())
                .aggregate(Aggregation.of("sum", "load").windows("2d"))
                .aggregate(Aggregation.of("last", "crowd").windows())
                .online(true)
                .build();
        Schema selected = Schema.of(
                new Field("carrier", Scalar.STRING),
                new Field("seats", Scalar.LONG),
                new Field("load", Scalar.LONG),
                new Field("crowd", Scalar.LONG));
        return new CompiledGroupBy(
                DefinitionIds.of(groupBy, List.of(OUTPUT), selected, List.of(parent.id())),
                groupBy,
                List.of(OUTPUT),
                selected);
    }

    /** A child that reads nothing but the left: by carrier and day, how many seats. */
    public static CompiledGroupBy seats(String topic, CompiledJoin parent) {
        GroupBy groupBy = GroupBy.builder("seats")
                .source(new Source.JoinOutput(
                        JOIN, Query.builder().timeColumn("ts - 1").build(), Optional.of(topic)))
                .keys("carrier", "ds")
                .aggregate(Aggregation.of("sum", "seats").windows())
                .online(true)
                .build();
        Schema source = Schema.of(
                new Field("ts", Scalar.LONG),
                new Field("carrier", Scalar.STRING),
                new Field("ds", Scalar.STRING),
                new Field("seats", Scalar.LONG));
        Schema selected = Schema.of(
                new Field("carrier", Scalar.STRING), new Field("ds", Scalar.STRING), new Field("seats", Scalar.LONG));
        return new CompiledGroupBy(
                DefinitionIds.of(groupBy, List.of(source), selected, List.of(parent.id())),
                groupBy,
                List.of(source),
                selected);
    }

    public static byte[] catalog(CompiledJoin parent, CompiledGroupBy... groupBys) {
        return CatalogCodec.encode(new Catalog(List.of(groupBys), List.of(parent), List.of()));
    }

    /** Until the parent's part has a version for all: a node that has one may not show it at once. */
    static void awaitAirports(FeatureClient client, long q) {
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> client.fetch(Fetch.groupBy("airport")
                                .row(Map.of("origin", "A0"))
                                .asOf(q))
                        .part("airport")
                        .version()
                        .isPresent());
    }

    public static String json(@Nullable Long timeMs, @Nullable String origin, @Nullable String carrier, int seats) {
        return "{\"at\":" + timeMs + ",\"origin\":" + quoted(origin) + ",\"carrier\":" + quoted(carrier) + ",\"seats\":"
                + seats + "}";
    }

    private static String quoted(@Nullable String text) {
        return text == null ? "null" : "\"" + text + "\"";
    }
}

package io.tilefold.serving;

import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import java.util.ArrayList;
import java.util.List;

/** The flights' catalog with definitions beside it that cannot be served, and one keyed by an int. */
final class Refused {
    static final CompiledGroupBy BY_DELAY = groupBy("by_delay", true);
    static final CompiledGroupBy OFFLINE = groupBy("offline", false);
    static final Catalog CATALOG = catalog();

    private Refused() {}

    private static CompiledGroupBy groupBy(String name, boolean online) {
        return Flights.compiled(GroupBy.builder(name)
                .source(Source.events(
                        "flights", Query.builder().timeColumn("ts").build()))
                .keys("delay")
                .online(online)
                .aggregate(Aggregation.of("count", "origin").windows("7d"))
                .build());
    }

    private static Catalog catalog() {
        Join overOffline = Join.builder(
                        "over_offline",
                        Source.events(
                                "flights", Query.builder().timeColumn("ts").build()))
                .part(JoinPart.of("offline"))
                .online(true)
                .build();
        List<CompiledGroupBy> groupBys = new ArrayList<>(Flights.CATALOG.groupBys());
        groupBys.addAll(List.of(BY_DELAY, OFFLINE));
        return new Catalog(
                groupBys, List.of(Flights.CONTEXT, Flights.compiled(overOffline, List.of(OFFLINE))), List.of());
    }
}

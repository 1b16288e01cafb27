package io.tilefold.loadtest;

import io.tilefold.catalog.CatalogCodec;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentWriter;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.serving.ServingConfig;
import io.tilefold.serving.ServingNode;
import io.tilefold.store.ActiveGroupBy;
import io.tilefold.store.GroupByStore;
import io.tilefold.store.TileStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;

/** A serving node over a store with one GroupBy, {@code clicks}, that counts events by key: keys 0 to 99 have one each. */
final class ServedCounts implements AutoCloseable {
    static final long B = 980_985_600_000L;
    static final int KEYS = 100;

    private final TileStore store;
    private final ServingNode node;

    ServedCounts(Path directory) throws IOException {
        Schema row = Schema.of(new Field("page", Scalar.LONG));
        GroupBy definition = GroupBy.builder("clicks")
                .source(Source.events(
                        "clicks", "clicks", Query.builder().timeColumn("ts").build()))
                .keys("page")
                .online(true)
                .aggregate(Aggregation.of("count", "page").windows("1d", "7d"))
                .build();
        CompiledGroupBy compiled =
                new CompiledGroupBy(DefinitionIds.of(definition, List.of(row), row), definition, List.of(row), row);
        GroupByPlan plan = GroupByPlan.compile(definition, row);
        store = TileStore.open(directory, 0, 1);
        store.activate(
                CatalogCodec.encode(new Catalog(List.of(compiled), List.of(), List.of())),
                List.of(new ActiveGroupBy(compiled.id(), "clicks", plan)));
        try (FileChannel channel = FileChannel.open(
                store.segmentFile(compiled.id(), 1, 0), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            new SegmentWriter(new SegmentHeader(compiled.id(), 1, 0, 1, B), channel).finish();
        }
        store.commit(compiled.id(), 1, B);
        apply(Objects.requireNonNull(store.groupBy(compiled.id())));
        store.heartbeat(B);
        store.publish(64, B);
        node = ServingNode.start(ServingConfig.builder(directory).port(0).build(), () -> B);
    }

    private static void apply(GroupByStore clicks) {
        FlatRowWriter writer = new FlatRowWriter(1);
        KeyEncoder key = new KeyEncoder();
        for (int page = 0; page < KEYS; page++) {
            int length = writer.reset().putLong(0, page).finish();
            FlatRow row = new FlatRow().wrap(writer.buffer(), 0, length, 1);
            key.reset().putLong(page);
            clicks.apply(key.buffer(), 0, key.length(), row, B + 60_000L * page);
        }
    }

    String address() {
        return "127.0.0.1:" + node.port();
    }

    @Override
    public void close() {
        node.close();
        store.close();
    }
}

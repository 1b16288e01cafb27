package io.tilefold.ingest;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.store.GroupByView;
import io.tilefold.store.KeyReader;
import io.tilefold.store.ReadResult;
import io.tilefold.store.TileStoreReader;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads values from a store as a serving node does. */
public final class StoreValues {
    private StoreValues() {}

    /** Values of a key at q; empty if there is no such key or no such GroupBy. */
    public static List<@Nullable Object> read(Path storeDir, CompiledGroupBy groupBy, long q, String... key) {
        try (TileStoreReader store = TileStoreReader.open(storeDir)) {
            GroupByView view = store.view().groupBy(groupBy.id());
            return view == null ? List.of() : read(view, groupBy, q, key);
        }
    }

    /** What a reader that opens the store now sees of it. */
    public static <T> T look(Path storeDir, Function<TileStoreReader, T> question) {
        try (TileStoreReader store = TileStoreReader.open(storeDir)) {
            return question.apply(store);
        }
    }

    private static List<@Nullable Object> read(GroupByView view, CompiledGroupBy groupBy, long q, String... key) {
        GroupByPlan plan = GroupByPlan.compile(groupBy.definition(), groupBy.selected());
        KeyEncoder encoder = new KeyEncoder().reset();
        for (String part : key) {
            encoder.putString(part);
        }
        KeyReader reader = view.newKeyReader();
        ReadResult result = reader.read(encoder.buffer(), 0, encoder.length(), encoder.hash());
        if (result != ReadResult.FOUND) {
            return List.of();
        }
        // Before the first upload everything is live.
        WindowFold fold = new WindowFold(plan);
        fold.fold(q, view.batchEndMs().orElse(0), reader.base(), reader.live());
        ObjectSink sink = new ObjectSink();
        plan.outputs().forEach(output -> {
            sink.next(output.type());
            fold.emit(plan.outputs().indexOf(output), sink);
        });
        return sink.values();
    }
}

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
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
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

    /**
     * What a serving node would answer.
     *
     * @param fromPosition all up to here is in it
     * @param toPosition nothing behind is
     * @param isMarked it is said that the values are not complete
     * @param values empty if there is no such key, or they are marked
     */
    public record Answer(
            long fromPosition,
            long toPosition,
            OptionalLong version,
            boolean isMarked,
            List<@Nullable Object> values) {}

    /** Asks for a key at q; empty if the GroupBy is not known, or the store changed meanwhile. */
    public static Optional<Answer> ask(Path storeDir, CompiledGroupBy groupBy, long q, String... key) {
        try (TileStoreReader store = TileStoreReader.open(storeDir)) {
            long from = store.position();
            GroupByView view = store.view().groupBy(groupBy.id());
            if (view == null) {
                return Optional.empty();
            }
            KeyReader reader = view.newKeyReader();
            ReadResult result = find(reader, key);
            if (result == ReadResult.CONFLICT) {
                return Optional.empty();
            }
            List<@Nullable Object> values = result == ReadResult.FOUND ? fold(view, groupBy, q, reader) : List.of();
            boolean marked = view.isCatchingUp() || (result != ReadResult.FOUND && result != ReadResult.NOT_FOUND);
            return Optional.of(new Answer(from, store.applyingPosition(), view.version(), marked, values));
        }
    }

    /**
     * What a fold gives.
     *
     * @param isOpen something at or after q counts
     * @param values empty unless the result has some
     */
    public record Folded(ReadResult result, boolean isOpen, List<@Nullable Object> values) {}

    /** Folds a key at q in the way of a serving node; the GroupBy has a version. */
    public static Folded fold(Path storeDir, CompiledGroupBy groupBy, long q, String key) {
        try (TileStoreReader store = TileStoreReader.open(storeDir)) {
            GroupByPlan plan = GroupByPlan.compile(groupBy.definition(), groupBy.selected());
            KeyReader reader = Objects.requireNonNull(store.view().groupBy(groupBy.id()), groupBy.name())
                    .newKeyReader();
            WindowFold fold = new WindowFold(plan);
            KeyEncoder encoder = new KeyEncoder().reset().putString(key);
            ReadResult result = reader.fold(encoder.buffer(), 0, encoder.length(), encoder.hash(), q, fold);
            return new Folded(result, reader.holdsFrom(q), result.hasValues() ? emit(plan, fold) : List.of());
        }
    }

    /** What a reader that opens the store now sees of it. */
    public static <T> T look(Path storeDir, Function<TileStoreReader, T> question) {
        try (TileStoreReader store = TileStoreReader.open(storeDir)) {
            return question.apply(store);
        }
    }

    private static List<@Nullable Object> read(GroupByView view, CompiledGroupBy groupBy, long q, String... key) {
        KeyReader reader = view.newKeyReader();
        return find(reader, key) == ReadResult.FOUND ? fold(view, groupBy, q, reader) : List.of();
    }

    private static ReadResult find(KeyReader reader, String... key) {
        KeyEncoder encoder = new KeyEncoder().reset();
        for (String part : key) {
            encoder.putString(part);
        }
        return reader.read(encoder.buffer(), 0, encoder.length(), encoder.hash());
    }

    private static List<@Nullable Object> fold(GroupByView view, CompiledGroupBy groupBy, long q, KeyReader reader) {
        GroupByPlan plan = GroupByPlan.compile(groupBy.definition(), groupBy.selected());
        // Before the first upload everything is live.
        WindowFold fold = new WindowFold(plan);
        fold.fold(q, view.batchEndMs().orElse(0), reader.base(), reader.live());
        return emit(plan, fold);
    }

    private static List<@Nullable Object> emit(GroupByPlan plan, WindowFold fold) {
        ObjectSink sink = new ObjectSink();
        plan.outputs().forEach(output -> {
            sink.next(output.type());
            fold.emit(plan.outputs().indexOf(output), sink);
        });
        return sink.values();
    }
}

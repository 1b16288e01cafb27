package io.tilefold.client;

import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.LogPosition;
import io.tilefold.proto.serving.v1.VersionPin;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What to fetch: a join or a GroupBy, rows of keys, and the moment asked for. May be sent any number of times; not thread safe while it is being
 * written.
 *
 * <pre>{@code
 * Fetch.join("flight_context").row(Map.of("origin", "JFK", "destination", "LAX")).asOf(q)
 * }</pre>
 *
 * Key values: Boolean, Byte to Long, Float, Double, String, byte[], or null (the row then belongs to no key).
 */
public final class Fetch {
    private final FetchRequest.Builder request = FetchRequest.newBuilder();
    private final List<Map<String, ?>> rows = new ArrayList<>();
    private final List<@Nullable Long> rowMoments = new ArrayList<>();
    private boolean anyRowMoment;
    private Optional<Duration> deadline = Optional.empty();

    private Fetch() {}

    public static Fetch join(String name) {
        Fetch fetch = new Fetch();
        fetch.request.setJoin(name);
        return fetch;
    }

    public static Fetch groupBy(String name) {
        Fetch fetch = new Fetch();
        fetch.request.setGroupBy(name);
        return fetch;
    }

    /**
     * Adds a row: a join's keys by their left names, a GroupBy's by its own; beside them contextual fields, whose values may be lists ({@code List}), maps ({@code Map}) and
     * structs ({@link StructValue}).
     */
    public Fetch row(Map<String, ?> keys) {
        rows.add(keys);
        rowMoments.add(null);
        return this;
    }

    /** Adds a row with a moment of its own, epoch milliseconds. */
    public Fetch row(Map<String, ?> keys, long asOfMs) {
        rows.add(keys);
        rowMoments.add(asOfMs);
        anyRowMoment = true;
        return this;
    }

    public Fetch rows(List<? extends Map<String, ?>> keys) {
        keys.forEach(this::row);
        return this;
    }

    /** The moment for all rows without one of their own, epoch milliseconds. Without it: the node's clock. */
    public Fetch asOf(long epochMs) {
        request.setAsOfMs(epochMs);
        return this;
    }

    public Fetch asOf(Instant moment) {
        return asOf(moment.toEpochMilli());
    }

    /** Answer only from state that has reached this position of a shard group's log; waits for it inside the deadline. */
    public Fetch minPosition(int shardGroup, long position) {
        request.addMinPositions(
                LogPosition.newBuilder().setShardGroup(shardGroup).setPosition(position));
        return this;
    }

    /** Answer this GroupBy from exactly this base version, or {@link FailureCode#VERSION_GONE}. */
    public Fetch pinVersion(String groupBy, long version) {
        request.addVersionPins(VersionPin.newBuilder().setGroupBy(groupBy).setVersion(version));
        return this;
    }

    /** Only these outputs, in this order; without it all of them. A part without one of them is not read. */
    public Fetch features(String... names) {
        return features(List.of(names));
    }

    public Fetch features(List<String> names) {
        request.clearFeatures().addAllFeatures(names);
        return this;
    }

    /** Send the schema with the answer, though the client may know it. */
    public Fetch withSchema() {
        request.setIncludeSchema(true);
        return this;
    }

    /** Wins over the client's default deadline. */
    public Fetch deadline(Duration timeout) {
        deadline = Optional.of(timeout);
        return this;
    }

    Optional<Duration> deadline() {
        return deadline;
    }

    /**
     * The request as it goes over the wire.
     *
     * @throws IllegalArgumentException naming the row and the key that cannot be sent
     */
    public FetchRequest toRequest() {
        return toBuilder().build();
    }

    FetchRequest.Builder toBuilder() {
        FetchRequest.Builder built = request.clone().setRowCount(rows.size()).addAllKeys(KeyColumns.of(rows));
        if (anyRowMoment) {
            for (int i = 0; i < rows.size(); i++) {
                built.addRowAsOfMs(moment(i));
            }
        }
        return built;
    }

    private long moment(int row) {
        Long own = rowMoments.get(row);
        if (own != null) {
            return own;
        }
        if (!request.hasAsOfMs()) {
            throw new IllegalArgumentException("row " + row
                    + " has no moment of its own, others have: give it one, or give the fetch one with asOf");
        }
        return request.getAsOfMs();
    }
}

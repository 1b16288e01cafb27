package io.tilefold.serving;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.proto.serving.v1.PartStatus;
import io.tilefold.store.KeyReader;
import io.tilefold.store.LinesAhead;
import io.tilefold.store.LookAhead;
import io.tilefold.store.ReadResult;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers one part of a target from one snapshot: per row one read and fold in the store that holds its key, and the values into the part's columns; rows whose keys
 * no store of the host holds take theirs from the answers of other shard groups. Scratch, reused from request to request; confined to one thread.
 */
final class PartReader {
    private static final Logger LOG = LoggerFactory.getLogger(PartReader.class);
    private static final ThrottledLog DAMAGE = new ThrottledLog(LOG);

    /** A SNAPSHOT part is STALE where q lies further behind its B. */
    private static final long SNAPSHOT_STALE_MS = 2 * 86_400_000L;

    /** Rows whose records are brought near together. Whether the caller is still there, and has time left, is looked at after as many, at most twice as many, rows of all parts. */
    static final int STEP_ROWS = KeyReader.NEAR_KEYS_MAX;

    private final PartPlan part;
    private final PartStores stores;
    private final WindowFold fold;
    private final Columns columns;
    private final RowStatuses statuses = new RowStatuses();
    private final boolean snapshot;
    private @Nullable RemotePart elsewhere;
    private long damaged;
    private int reading;
    private boolean conflict;
    private boolean leftOut;
    private int[] outputs = {};

    PartReader(PartPlan part, HostStores host) {
        this.part = part;
        this.stores = new PartStores(part, host);
        this.fold = new WindowFold(part.plan());
        this.snapshot = part.plan().accuracy() == Accuracy.SNAPSHOT;
        this.columns = new Columns(part.outputs());
    }

    /** Begins a request: finds the version that it is read at. */
    void choose(PartRequest request, EncodedKeys keys) {
        stores.choose(request, keys.holding());
    }

    /** Names what a step of bringing near reads of what {@link #read} will look at for its first rows. */
    void lookAhead(LookAhead step, EncodedKeys keys, PartRequest request, LinesAhead lines) {
        stores.lookAhead(step, keys, 0, Math.min(STEP_ROWS, request.rows()), reachMs(request), lines);
    }

    /** All steps of it, of this part alone. */
    void bringNear(EncodedKeys keys, PartRequest request) {
        stores.bringNear(keys, 0, Math.min(STEP_ROWS, request.rows()), reachMs(request));
    }

    /** How far back the windows of a request's rows reach. */
    private long reachMs(PartRequest request) {
        return snapshot || request.moments().isPerRow()
                ? Long.MIN_VALUE
                : fold.reachMs(request.moments().shared());
    }

    /**
     * Reads the part's values for all rows, chosen and the first of them brought near before.
     *
     * @param chosen the outputs to compute
     * @param looks whether the caller is still there and has time left is looked at before the first row; else few rows of other parts were read since
     * @return true if a record could not be read consistently: it was being written, or the view is outdated
     */
    boolean read(PartRequest request, EncodedKeys keys, int[] chosen, boolean looks) {
        outputs = chosen;
        statuses.reset(request.rows());
        conflict = false;
        leftOut = false;
        damaged = 0;
        elsewhere = request.elsewhere(part.index());
        boolean read;
        do {
            columns.begin(request.rows(), chosen); // again from the beginning where a store is damaged, then without it
            read = readRows(request, keys, looks);
        } while (!read);
        return conflict;
    }

    /** Takes the row from another shard group's answer; false if none was asked for it. */
    private boolean takeElsewhere(int row) {
        RemotePart remote = elsewhere;
        if (remote == null || !remote.has(row)) {
            return false;
        }
        remote.take(row, outputs, columns, statuses);
        return true;
    }

    /** False if a store turned out to be damaged: it is in {@link #damaged} now. */
    private boolean readRows(PartRequest request, EncodedKeys keys, boolean looks) {
        int rows = request.rows();
        try {
            for (int row = 0; row < rows; row++) {
                if (row % STEP_ROWS == 0 && (row > 0 || looks)) {
                    if (request.isCancelled()) {
                        throw new CancellationException("the caller is gone");
                    }
                    if (request.budget().isSpent()) {
                        leaveOut(keys, row, rows);
                        return true;
                    }
                    if (row > 0) {
                        stores.bringNear(keys, row, Math.min(row + STEP_ROWS, rows), reachMs(request));
                    }
                }
                reading = HostStores.ELSEWHERE;
                if (!takeElsewhere(row)) {
                    readRow(request, keys, row);
                }
            }
            return true;
        } catch (CancellationException gone) {
            throw gone;
        } catch (RuntimeException | InternalError damage) { // InternalError: a mapped page that cannot be read
            DAMAGE.error(
                    "part " + part.name() + " (group-by " + part.groupBy() + ", " + part.id() + ") failed", damage);
            if (reading == HostStores.ELSEWHERE) {
                columns.begin(rows, outputs);
                failAll(FailureCode.FAILURE_CODE_CORRUPT, rows);
                return true;
            }
            damaged |= HostStores.bit(reading);
            return false;
        }
    }

    /** True if rows of the last request were left out, since its time was over. */
    boolean hasLeftOut() {
        return leftOut;
    }

    private void leaveOut(EncodedKeys keys, int from, int rows) {
        leftOut = true;
        for (int row = from; row < rows; row++) {
            if (!takeElsewhere(row) && readerOf(keys, row) != null) {
                statuses.set(row, PartStatus.PART_STATUS_TIMED_OUT);
                columns.nulls(row, outputs);
            }
        }
    }

    /** Reads the store that holds the row's key; null if that is none, or its rows fail: then this one has. */
    private @Nullable KeyReader readerOf(EncodedKeys keys, int row) {
        int place = keys.place(row);
        if (place == HostStores.ELSEWHERE) { // its store was lost since others were asked
            fail(row, FailureCode.FAILURE_CODE_SHARD_UNREACHABLE);
            return null;
        }
        if (damaged != 0 && (damaged & HostStores.bit(place)) != 0) {
            fail(row, FailureCode.FAILURE_CODE_CORRUPT);
            return null;
        }
        KeyReader reader = stores.reader(place);
        if (reader == null) {
            fail(row, stores.failure(place));
        }
        return reader;
    }

    private void readRow(PartRequest request, EncodedKeys keys, int row) {
        KeyReader keyReader = readerOf(keys, row);
        if (keyReader == null) {
            return;
        }
        int place = keys.place(row);
        reading = place;
        long batchEndMs = stores.batchEndMs(place);
        long q = request.moments().of(row);
        if (q < batchEndMs) {
            fail(row, FailureCode.FAILURE_CODE_BEFORE_BATCH);
            return;
        }
        if (!keys.isKeyed(row)) {
            statuses.set(row, PartStatus.PART_STATUS_NULL_KEY);
            columns.nulls(row, outputs);
            return;
        }
        long asked = snapshot ? batchEndMs : q;
        ReadResult result =
                keyReader.fold(keys.buffer(), keys.offset(row), keys.length(row), keys.hash(row), asked, fold);
        boolean stale = snapshot ? q - batchEndMs > SNAPSHOT_STALE_MS : part.streams() && stores.isStale(place);
        switch (result) {
            case FOUND -> found(request, keyReader, row, stale);
            case KEY_STALE -> found(request, keyReader, row, true);
            case NOT_FOUND -> {
                statuses.set(row, stale ? PartStatus.PART_STATUS_STALE : PartStatus.PART_STATUS_NOT_FOUND);
                columns.nulls(row, outputs);
            }
            case CONFLICT -> {
                conflict = true;
                fail(row, FailureCode.FAILURE_CODE_READ_CONFLICT);
            }
            case BASE_MISSING -> fail(row, FailureCode.FAILURE_CODE_BASE_MISSING);
            case KEY_FULL -> {
                request.limits().count(part, "the key's live record");
                fail(row, FailureCode.FAILURE_CODE_STATE_LIMIT);
            }
        }
    }

    private void found(PartRequest request, KeyReader keyReader, int row, boolean stale) {
        for (int output : outputs) {
            fold.emit(output, columns.at(row, output));
        }
        int limited = columns.takeLimited();
        boolean takenBack = columns.takeStale();
        if (limited >= 0) {
            request.limits().count(part, part.outputs().get(limited).name());
            statuses.fail(row, FailureCode.FAILURE_CODE_STATE_LIMIT);
        } else if (!snapshot
                && request.moments().isGiven()
                && keyReader.holdsFrom(request.moments().of(row))) {
            statuses.set(row, PartStatus.PART_STATUS_HEAD_OPEN);
        } else {
            statuses.set(row, stale || takenBack ? PartStatus.PART_STATUS_STALE : PartStatus.PART_STATUS_COMPLETE);
        }
    }

    private void fail(int row, FailureCode code) {
        statuses.fail(row, code);
        columns.nulls(row, outputs);
    }

    private void failAll(FailureCode code, int rows) {
        statuses.failAll(code);
        for (int row = 0; row < rows; row++) {
            columns.nulls(row, outputs);
        }
    }

    String groupBy() {
        return part.groupBy();
    }

    /** The version that these keys are read at without bounds; null before the first commit. */
    @Nullable VersionBound currentBound(EncodedKeys keys) {
        return stores.bound(keys.holding());
    }

    /** Outputs that there are to choose from. */
    int outputCount() {
        return columns.count();
    }

    /** The columns of the outputs; those that were read have values. */
    Columns columns() {
        return columns;
    }

    /** What the part says of the rows read. */
    RowStatuses statuses() {
        return statuses;
    }

    /** Appends what the part says of the rows read, and how fresh it is. */
    void writeAnswer(WireBuffer out, boolean named) {
        if (named) {
            stores.writeNames(out);
        }
        statuses.writeTo(out);
        RemotePart remote = elsewhere;
        if (remote == null) {
            stores.writeTo(out);
        } else {
            remote.writeFreshness(out, stores);
        }
    }

    /** Forgets what was read. */
    void drop() {
        elsewhere = null;
        columns.clear();
    }
}

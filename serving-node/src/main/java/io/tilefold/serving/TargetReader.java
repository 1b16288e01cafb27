package io.tilefold.serving;

import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.LogPosition;
import io.tilefold.proto.serving.v1.PositionRange;
import io.tilefold.serving.Selection.PartSelection;
import io.tilefold.serving.peer.ShardMap;
import io.tilefold.store.LinesAhead;
import io.tilefold.store.LookAhead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests for one target from one snapshot: reads every part asked for, then writes the answer's wire bytes. Scratch, reused from request to
 * request; confined to one thread.
 */
final class TargetReader {
    private final TargetPlan target;
    private final HostStores host;
    private final PartReader[] parts;
    private final EncodedKeys[] keySets;
    private final ExternalReader[] externals;
    private final Columns contextual;
    private final Deriver deriver;
    private final Columns[] columns;
    private final int[] indexes;
    private final LinesAhead lines = new LinesAhead();

    TargetReader(TargetPlan target, HostStores host) {
        this.target = target;
        this.host = host;
        this.parts =
                target.parts().stream().map(part -> new PartReader(part, host)).toArray(PartReader[]::new);
        this.keySets = target.keySets().stream().map(EncodedKeys::new).toArray(EncodedKeys[]::new);
        this.externals = target.externals().stream().map(ExternalReader::new).toArray(ExternalReader[]::new);
        this.contextual = new Columns(target.contextual().fields());
        this.deriver = new Deriver(target, parts, externals, contextual);
        this.columns = target.outputs().stream()
                .map(output -> deriver.columns(output.cell()))
                .toArray(Columns[]::new);
        this.indexes = target.outputs().stream()
                .mapToInt(output -> output.cell().index())
                .toArray();
    }

    /** Encodes the keys that the selection needs, and finds the stores that hold them: returns these, the first where there is none. */
    long encode(Selection selection, RequestKeys keys) {
        long holding = 0;
        for (int keySet : selection.keySets()) {
            keySets[keySet].encode(keys);
            keySets[keySet].locate(host, keys.rows());
            holding |= keySets[keySet].holding();
        }
        return holding == 0 ? HostStores.bit(host.first()) : holding;
    }

    /** Finds the keys last encoded that no store of the host holds; null if there are none. */
    @Nullable RemoteFetch elsewhere(ShardMap map, Selection selection, PartRequest request, List<LogPosition> minPositions) {
        return host.holdsAll()
                ? null
                : RemoteFetch.plan(map, host.shardCount(), target, selection, keySets, request, minPositions, part -> {
                    VersionBound wanted = request.bound(part);
                    return wanted != null ? wanted : parts[part.index()].currentBound(keySets[part.keySet()]);
                });
    }

    /**
     * Reads what is read, of the keys last encoded; {@link #derive} computes the rest, {@link #writeTo} then writes all, and in any case {@link #drop} forgets it.
     *
     * @return true if a record could not be read consistently: it was being written, or the view is outdated
     */
    boolean read(Selection selection, PartRequest request) {
        List<PartSelection> chosen = selection.parts();
        for (int i = 0; i < chosen.size(); i++) {
            PartPlan part = target.parts().get(chosen.get(i).part());
            parts[part.index()].choose(request, keySets[part.keySet()]);
        }
        lines.forget();
        bringNear(LookAhead.SLOTS, chosen, request);
        bringNear(LookAhead.RECORDS, chosen, request);
        boolean conflict = false;
        boolean leftOut = false;
        int unlooked = PartReader.STEP_ROWS;
        for (int i = 0; i < chosen.size(); i++) {
            PartSelection part = chosen.get(i);
            int keySet = target.parts().get(part.part()).keySet();
            boolean looks = leftOut || unlooked >= PartReader.STEP_ROWS;
            PartReader reader = parts[part.part()];
            conflict |= reader.read(request, keySets[keySet], part.outputs(), looks);
            leftOut = reader.hasLeftOut();
            unlooked = (looks ? 0 : unlooked) + request.rows();
        }
        return conflict;
    }

    /** A step of bringing near what the parts will read of their first rows, all together. */
    private void bringNear(LookAhead step, List<PartSelection> chosen, PartRequest request) {
        for (int i = 0; i < chosen.size(); i++) {
            PartPlan part = target.parts().get(chosen.get(i).part());
            parts[part.index()].lookAhead(step, keySets[part.keySet()], request, lines);
        }
        PartStores.touch(lines);
    }

    /**
     * Takes in what others gave and computes the rest, from what was read. Where something is computed this is no event loop.
     *
     * @param asked what external sources answered
     */
    void derive(Selection selection, RequestKeys keys, PartRequest request, ExternalAnswers asked) {
        for (ExternalPlan external : selection.externals()) {
            externals[external.index() - parts.length].read(asked.of(external), request.rows());
        }
        contextual.begin(request.rows());
        for (int i = 0; i < contextual.count(); i++) {
            ContextualColumn given = keys.contextual(i);
            if (given != null) {
                given.echo(request.rows(), contextual, i);
            } else {
                for (int row = 0; row < request.rows(); row++) {
                    contextual.at(row, i).nullValue();
                }
            }
        }
        deriver.read(selection.derived(), keys, request);
    }

    /** Appends the answer without its positions to the buffer. */
    void writeTo(WireBuffer out, Selection selection, int rows, long asOfMs, boolean withSchema) {
        out.putBytes(target.schemaIdField());
        if (withSchema) {
            out.putBytes(target.schemaField());
        }
        if (rows > 0) {
            out.putVarintField(FetchResponse.ROW_COUNT_FIELD_NUMBER, rows);
        }
        out.putZigzagField(FetchResponse.AS_OF_MS_FIELD_NUMBER, asOfMs);
        ColumnWriter writer = new ColumnWriter(out);
        int[] outputs = selection.columns();
        for (int output : outputs) {
            byte[] name = withSchema ? target.outputs().get(output).nameField() : Columns.NO_NAME;
            writer.write(FetchResponse.COLUMNS_FIELD_NUMBER, columns[output], indexes[output], name);
        }
        List<PartSelection> chosen = selection.parts();
        for (int i = 0; i < chosen.size(); i++) {
            int from = out.length();
            parts[chosen.get(i).part()].writeAnswer(out, withSchema);
            out.wrap(FetchResponse.PARTS_FIELD_NUMBER, from);
        }
        for (ExternalPlan external : selection.externals()) {
            int from = out.length();
            externals[external.index() - parts.length].writeAnswer(out, withSchema);
            out.wrap(FetchResponse.PARTS_FIELD_NUMBER, from);
        }
        if (selection.isDerived()) {
            for (int i = 0; i < outputs.length; i++) {
                deriver.writeFailures(out, target.outputs().get(outputs[i]).cell(), i);
            }
        }
    }

    /** Forgets what was read. */
    void drop(Selection selection) {
        List<PartSelection> chosen = selection.parts();
        for (int i = 0; i < chosen.size(); i++) {
            parts[chosen.get(i).part()].drop();
        }
        for (ExternalPlan external : selection.externals()) {
            externals[external.index() - parts.length].drop();
        }
        contextual.clear();
        deriver.drop();
    }

    /**
     * Appends the positions between which an answer was read.
     *
     * @param field that takes them
     * @param caughtUpAtMs 0: never
     * @param heartbeatMs 0: none
     */
    static void writePositions(
            WireBuffer out, int field, int shardGroup, long from, long to, long caughtUpAtMs, long heartbeatMs) {
        int start = out.length();
        if (shardGroup != 0) {
            out.putVarintField(PositionRange.SHARD_GROUP_FIELD_NUMBER, shardGroup);
        }
        out.putZigzagField(PositionRange.FROM_FIELD_NUMBER, from);
        out.putZigzagField(PositionRange.TO_FIELD_NUMBER, to);
        if (caughtUpAtMs != 0) {
            out.putZigzagField(PositionRange.CAUGHT_UP_AT_MS_FIELD_NUMBER, caughtUpAtMs);
        }
        if (heartbeatMs != 0) {
            out.putZigzagField(PositionRange.HEARTBEAT_MS_FIELD_NUMBER, heartbeatMs);
        }
        out.wrap(field, start);
    }
}

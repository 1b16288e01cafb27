package io.tilefold.batch.backfill;

import io.tilefold.catalog.TypeCodec;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;

/**
 * What travels of a left row from group to group: a flat row, and behind it the answers of the groups done, each a flat row too.
 *
 * <pre>
 *  +----------------+----+-----+--------+--------------------+ +-----------------+ +-----------------+
 *  | left's columns | ts | day | moment | no key, one for    | | answer, part 1  | | answer, part 2  | ...
 *  |                |    |     |        | each key group     | |                 | |                 |
 *  +----------------+----+-----+--------+--------------------+ +-----------------+ +-----------------+
 *
 *  ts       as the left's time column gives it; null if it has none
 *  day      of the left's partition, since the epoch
 *  moment   what the parts are asked for: ts of events, the end of the partition's day of entities
 *  no key   1: the group's skew keys hide it from the group's parts
 * </pre>
 *
 * The left's columns are as they were read: NaN is no null here.
 */
final class LeftLayout implements Serializable {
    private static final long serialVersionUID = 1;

    private final byte[] encoded;
    private final int groups;
    private transient Schema columns;

    LeftLayout(Schema columns, int groups) {
        this.columns = columns;
        this.encoded = TypeCodec.toProto(columns).toByteArray();
        this.groups = groups;
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        columns = TypeCodec.fromProto(io.tilefold.proto.types.v1.Schema.parseFrom(encoded));
    }

    /** The left's columns. */
    Schema columns() {
        return columns;
    }

    ValueType type(int column) {
        return columns.field(column).type();
    }

    int ts() {
        return columns.size();
    }

    int day() {
        return ts() + 1;
    }

    int moment() {
        return day() + 1;
    }

    int noKey(int group) {
        return moment() + 1 + group;
    }

    /** Columns of the flat row. */
    int size() {
        return noKey(groups);
    }

    int groups() {
        return groups;
    }
}

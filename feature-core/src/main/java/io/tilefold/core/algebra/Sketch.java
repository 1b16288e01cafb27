package io.tilefold.core.algebra;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;

/**
 * A blob decoded: a sketch of Apache DataSketches, which works on objects. Belongs to one {@link TileBuffer}, which encodes it only when
 * somebody asks for bytes, so that a run of events decodes and encodes once.
 */
abstract class Sketch {
    /** True if the tile's bytes are older than this. */
    boolean isChanged;

    /** Bytes that may have come to the encoded form since it was last encoded, where that is not bounded by the sketch's own size. */
    long growth;

    /** Adds a non-null input. */
    abstract void add(FlatRow row, int column);

    /** Adds the inputs of another sketch of the same form, which is used up. */
    abstract void merge(Sketch other);

    /** The sketch in the library's own format. */
    abstract byte[] encode();

    /** Gives the value; there are inputs. */
    abstract void emit(ValueSink sink);

    /** What sketches of one state have in common. Immutable. */
    interface Form {
        /** What a blob counts for in a state around this one: see {@link Accumulator#weight}. */
        default int weight(int blobLength) {
            return blobLength;
        }

        /** A sketch of no input. */
        Sketch empty();

        /** @param encoded what {@link Sketch#encode} gave */
        Sketch decode(byte[] encoded);
    }
}

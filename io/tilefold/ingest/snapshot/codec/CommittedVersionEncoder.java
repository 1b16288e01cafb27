/* Generated SBE (Simple Binary Encoding) message codec. */
package io.tilefold.ingest.snapshot.codec;

import org.agrona.MutableDirectBuffer;


/**
 * version 0: there is none
 */
@SuppressWarnings("all")
public final class CommittedVersionEncoder
{
    public static final int SCHEMA_ID = 7402;
    public static final int SCHEMA_VERSION = 1;
    public static final String SEMANTIC_VERSION = "1";
    public static final int ENCODED_LENGTH = 24;
    public static final java.nio.ByteOrder BYTE_ORDER = java.nio.ByteOrder.LITTLE_ENDIAN;

    private int offset;
    private MutableDirectBuffer buffer;

    public CommittedVersionEncoder wrap(final MutableDirectBuffer buffer, final int offset)
    {
        if (buffer != this.buffer)
        {
            this.buffer = buffer;
        }
        this.offset = offset;

        return this;
    }

    public MutableDirectBuffer buffer()
    {
        return buffer;
    }

    public int offset()
    {
        return offset;
    }

    public int encodedLength()
    {
        return ENCODED_LENGTH;
    }

    public int sbeSchemaId()
    {
        return SCHEMA_ID;
    }

    public int sbeSchemaVersion()
    {
        return SCHEMA_VERSION;
    }

    public static int dataVersionEncodingOffset()
    {
        return 0;
    }

    public static int dataVersionEncodingLength()
    {
        return 8;
    }

    public static long dataVersionNullValue()
    {
        return -9223372036854775808L;
    }

    public static long dataVersionMinValue()
    {
        return -9223372036854775807L;
    }

    public static long dataVersionMaxValue()
    {
        return 9223372036854775807L;
    }

    public CommittedVersionEncoder dataVersion(final long value)
    {
        buffer.putLong(offset + 0, value, BYTE_ORDER);
        return this;
    }


    public static int batchEndMsEncodingOffset()
    {
        return 8;
    }

    public static int batchEndMsEncodingLength()
    {
        return 8;
    }

    public static long batchEndMsNullValue()
    {
        return -9223372036854775808L;
    }

    public static long batchEndMsMinValue()
    {
        return -9223372036854775807L;
    }

    public static long batchEndMsMaxValue()
    {
        return 9223372036854775807L;
    }

    public CommittedVersionEncoder batchEndMs(final long value)
    {
        buffer.putLong(offset + 8, value, BYTE_ORDER);
        return this;
    }


    public static int positionEncodingOffset()
    {
        return 16;
    }

    public static int positionEncodingLength()
    {
        return 8;
    }

    public static long positionNullValue()
    {
        return -9223372036854775808L;
    }

    public static long positionMinValue()
    {
        return -9223372036854775807L;
    }

    public static long positionMaxValue()
    {
        return 9223372036854775807L;
    }

    public CommittedVersionEncoder position(final long value)
    {
        buffer.putLong(offset + 16, value, BYTE_ORDER);
        return this;
    }


    public String toString()
    {
        if (null == buffer)
        {
            return "";
        }

        return appendTo(new StringBuilder()).toString();
    }

    public StringBuilder appendTo(final StringBuilder builder)
    {
        if (null == buffer)
        {
            return builder;
        }

        final CommittedVersionDecoder decoder = new CommittedVersionDecoder();
        decoder.wrap(buffer, offset);

        return decoder.appendTo(builder);
    }
}

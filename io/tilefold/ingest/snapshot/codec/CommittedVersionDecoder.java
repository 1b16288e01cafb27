/* Generated SBE (Simple Binary Encoding) message codec. */
package io.tilefold.ingest.snapshot.codec;

import org.agrona.DirectBuffer;


/**
 * version 0: there is none
 */
@SuppressWarnings("all")
public final class CommittedVersionDecoder
{
    public static final int SCHEMA_ID = 7402;
    public static final int SCHEMA_VERSION = 1;
    public static final String SEMANTIC_VERSION = "1";
    public static final int ENCODED_LENGTH = 24;
    public static final java.nio.ByteOrder BYTE_ORDER = java.nio.ByteOrder.LITTLE_ENDIAN;

    private int offset;
    private DirectBuffer buffer;

    public CommittedVersionDecoder wrap(final DirectBuffer buffer, final int offset)
    {
        if (buffer != this.buffer)
        {
            this.buffer = buffer;
        }
        this.offset = offset;

        return this;
    }

    public DirectBuffer buffer()
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

    public static int dataVersionSinceVersion()
    {
        return 0;
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

    public long dataVersion()
    {
        return buffer.getLong(offset + 0, BYTE_ORDER);
    }


    public static int batchEndMsEncodingOffset()
    {
        return 8;
    }

    public static int batchEndMsEncodingLength()
    {
        return 8;
    }

    public static int batchEndMsSinceVersion()
    {
        return 0;
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

    public long batchEndMs()
    {
        return buffer.getLong(offset + 8, BYTE_ORDER);
    }


    public static int positionEncodingOffset()
    {
        return 16;
    }

    public static int positionEncodingLength()
    {
        return 8;
    }

    public static int positionSinceVersion()
    {
        return 0;
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

    public long position()
    {
        return buffer.getLong(offset + 16, BYTE_ORDER);
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

        builder.append('(');
        builder.append("dataVersion=");
        builder.append(this.dataVersion());
        builder.append('|');
        builder.append("batchEndMs=");
        builder.append(this.batchEndMs());
        builder.append('|');
        builder.append("position=");
        builder.append(this.position());
        builder.append(')');

        return builder;
    }
}

/* Generated SBE (Simple Binary Encoding) message codec. */
package io.tilefold.ingest.snapshot.codec;

import org.agrona.DirectBuffer;

@SuppressWarnings("all")
public final class SnapshotDefinitionDecoder
{
    public static final int BLOCK_LENGTH = 96;
    public static final int TEMPLATE_ID = 3;
    public static final int SCHEMA_ID = 7402;
    public static final int SCHEMA_VERSION = 1;
    public static final String SEMANTIC_VERSION = "1";
    public static final java.nio.ByteOrder BYTE_ORDER = java.nio.ByteOrder.LITTLE_ENDIAN;

    private final SnapshotDefinitionDecoder parentMessage = this;
    private DirectBuffer buffer;
    private int offset;
    private int limit;
    int actingBlockLength;
    int actingVersion;

    public int sbeBlockLength()
    {
        return BLOCK_LENGTH;
    }

    public int sbeTemplateId()
    {
        return TEMPLATE_ID;
    }

    public int sbeSchemaId()
    {
        return SCHEMA_ID;
    }

    public int sbeSchemaVersion()
    {
        return SCHEMA_VERSION;
    }

    public String sbeSemanticType()
    {
        return "";
    }

    public DirectBuffer buffer()
    {
        return buffer;
    }

    public int offset()
    {
        return offset;
    }

    public SnapshotDefinitionDecoder wrap(
        final DirectBuffer buffer,
        final int offset,
        final int actingBlockLength,
        final int actingVersion)
    {
        if (buffer != this.buffer)
        {
            this.buffer = buffer;
        }
        this.offset = offset;
        this.actingBlockLength = actingBlockLength;
        this.actingVersion = actingVersion;
        limit(offset + actingBlockLength);

        return this;
    }

    public SnapshotDefinitionDecoder wrapAndApplyHeader(
        final DirectBuffer buffer,
        final int offset,
        final MessageHeaderDecoder headerDecoder)
    {
        headerDecoder.wrap(buffer, offset);

        final int templateId = headerDecoder.templateId();
        if (TEMPLATE_ID != templateId)
        {
            throw new IllegalStateException("Invalid TEMPLATE_ID: " + templateId);
        }

        return wrap(
            buffer,
            offset + MessageHeaderDecoder.ENCODED_LENGTH,
            headerDecoder.blockLength(),
            headerDecoder.version());
    }

    public SnapshotDefinitionDecoder sbeRewind()
    {
        return wrap(buffer, offset, actingBlockLength, actingVersion);
    }

    public int sbeDecodedLength()
    {
        final int currentLimit = limit();
        sbeSkip();
        final int decodedLength = encodedLength();
        limit(currentLimit);

        return decodedLength;
    }

    public int actingVersion()
    {
        return actingVersion;
    }

    public int encodedLength()
    {
        return limit - offset;
    }

    public int limit()
    {
        return limit;
    }

    public void limit(final int limit)
    {
        this.limit = limit;
    }

    public static int definitionIdId()
    {
        return 1;
    }

    public static int definitionIdSinceVersion()
    {
        return 0;
    }

    public static int definitionIdEncodingOffset()
    {
        return 0;
    }

    public static int definitionIdEncodingLength()
    {
        return 32;
    }

    public static String definitionIdMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static short definitionIdNullValue()
    {
        return (short)255;
    }

    public static short definitionIdMinValue()
    {
        return (short)0;
    }

    public static short definitionIdMaxValue()
    {
        return (short)254;
    }

    public static int definitionIdLength()
    {
        return 32;
    }


    public short definitionId(final int index)
    {
        if (index < 0 || index >= 32)
        {
            throw new IndexOutOfBoundsException("index out of range: index=" + index);
        }

        final int pos = offset + 0 + (index * 1);

        return ((short)(buffer.getByte(pos) & 0xFF));
    }


    public int getDefinitionId(final byte[] dst, final int dstOffset, final int length)
    {
        final int bytesCopied = Math.min(length, 32);
        buffer.getBytes(offset + 0, dst, dstOffset, bytesCopied);

        return bytesCopied;
    }

    public int getDefinitionId(final org.agrona.MutableDirectBuffer dst, final int dstOffset, final int length)
    {
        final int bytesCopied = Math.min(length, 32);
        buffer.getBytes(offset + 0, dst, dstOffset, bytesCopied);

        return bytesCopied;
    }

    public void wrapDefinitionId(final DirectBuffer wrapBuffer)
    {
        wrapBuffer.wrap(buffer, offset + 0, 32);
    }

    public static int currentId()
    {
        return 2;
    }

    public static int currentSinceVersion()
    {
        return 0;
    }

    public static int currentEncodingOffset()
    {
        return 32;
    }

    public static int currentEncodingLength()
    {
        return 24;
    }

    public static String currentMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    private final CommittedVersionDecoder current = new CommittedVersionDecoder();

    public CommittedVersionDecoder current()
    {
        current.wrap(buffer, offset + 32);
        return current;
    }

    public static int formerId()
    {
        return 3;
    }

    public static int formerSinceVersion()
    {
        return 0;
    }

    public static int formerEncodingOffset()
    {
        return 56;
    }

    public static int formerEncodingLength()
    {
        return 24;
    }

    public static String formerMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    private final CommittedVersionDecoder former = new CommittedVersionDecoder();

    public CommittedVersionDecoder former()
    {
        former.wrap(buffer, offset + 56);
        return former;
    }

    public static int nullTimeId()
    {
        return 4;
    }

    public static int nullTimeSinceVersion()
    {
        return 0;
    }

    public static int nullTimeEncodingOffset()
    {
        return 80;
    }

    public static int nullTimeEncodingLength()
    {
        return 8;
    }

    public static String nullTimeMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long nullTimeNullValue()
    {
        return -9223372036854775808L;
    }

    public static long nullTimeMinValue()
    {
        return -9223372036854775807L;
    }

    public static long nullTimeMaxValue()
    {
        return 9223372036854775807L;
    }

    public long nullTime()
    {
        return buffer.getLong(offset + 80, BYTE_ORDER);
    }


    public static int nullKeyId()
    {
        return 5;
    }

    public static int nullKeySinceVersion()
    {
        return 0;
    }

    public static int nullKeyEncodingOffset()
    {
        return 88;
    }

    public static int nullKeyEncodingLength()
    {
        return 8;
    }

    public static String nullKeyMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long nullKeyNullValue()
    {
        return -9223372036854775808L;
    }

    public static long nullKeyMinValue()
    {
        return -9223372036854775807L;
    }

    public static long nullKeyMaxValue()
    {
        return 9223372036854775807L;
    }

    public long nullKey()
    {
        return buffer.getLong(offset + 88, BYTE_ORDER);
    }


    public String toString()
    {
        if (null == buffer)
        {
            return "";
        }

        final SnapshotDefinitionDecoder decoder = new SnapshotDefinitionDecoder();
        decoder.wrap(buffer, offset, actingBlockLength, actingVersion);

        return decoder.appendTo(new StringBuilder()).toString();
    }

    public StringBuilder appendTo(final StringBuilder builder)
    {
        if (null == buffer)
        {
            return builder;
        }

        final int originalLimit = limit();
        limit(offset + actingBlockLength);
        builder.append("[SnapshotDefinition](sbeTemplateId=");
        builder.append(TEMPLATE_ID);
        builder.append("|sbeSchemaId=");
        builder.append(SCHEMA_ID);
        builder.append("|sbeSchemaVersion=");
        if (parentMessage.actingVersion != SCHEMA_VERSION)
        {
            builder.append(parentMessage.actingVersion);
            builder.append('/');
        }
        builder.append(SCHEMA_VERSION);
        builder.append("|sbeBlockLength=");
        if (actingBlockLength != BLOCK_LENGTH)
        {
            builder.append(actingBlockLength);
            builder.append('/');
        }
        builder.append(BLOCK_LENGTH);
        builder.append("):");
        builder.append("definitionId=");
        builder.append('[');
        if (definitionIdLength() > 0)
        {
            for (int i = 0; i < definitionIdLength(); i++)
            {
                builder.append(this.definitionId(i));
                builder.append(',');
            }
            builder.setLength(builder.length() - 1);
        }
        builder.append(']');
        builder.append('|');
        builder.append("current=");
        final CommittedVersionDecoder current = this.current();
        if (null != current)
        {
            current.appendTo(builder);
        }
        else
        {
            builder.append("null");
        }
        builder.append('|');
        builder.append("former=");
        final CommittedVersionDecoder former = this.former();
        if (null != former)
        {
            former.appendTo(builder);
        }
        else
        {
            builder.append("null");
        }
        builder.append('|');
        builder.append("nullTime=");
        builder.append(this.nullTime());
        builder.append('|');
        builder.append("nullKey=");
        builder.append(this.nullKey());

        limit(originalLimit);

        return builder;
    }
    
    public SnapshotDefinitionDecoder sbeSkip()
    {
        sbeRewind();

        return this;
    }
}

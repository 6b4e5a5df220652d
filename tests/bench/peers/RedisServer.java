// Netty's codec of Redis in the same key-value server as docs/examples/redis_server: PING, GET, SET; NIO, one thread.

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.RedisArrayAggregator;
import io.netty.handler.codec.redis.RedisBulkStringAggregator;
import io.netty.handler.codec.redis.RedisDecoder;
import io.netty.handler.codec.redis.RedisEncoder;
import io.netty.handler.codec.redis.RedisMessage;
import io.netty.handler.codec.redis.SimpleStringRedisMessage;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

public final class RedisServer {
  static final Map<String, byte[]> VALUES = new HashMap<>();

  static final class Commands extends ChannelInboundHandlerAdapter {
    @Override public void channelRead(ChannelHandlerContext ctx, Object message) {
      ArrayRedisMessage command = (ArrayRedisMessage) message;
      try {
        ctx.write(answer(command));
      } finally {
        command.release();
      }
    }

    private static String text(ArrayRedisMessage command, int at) {
      return ((FullBulkStringRedisMessage) command.children().get(at)).content().toString(StandardCharsets.ISO_8859_1);
    }

    private static RedisMessage answer(ArrayRedisMessage command) {
      switch (text(command, 0).toUpperCase(Locale.ROOT)) {
        case "PING": return new SimpleStringRedisMessage("PONG");
        case "GET": {
          byte[] value = VALUES.get(text(command, 1));
          return value == null ? FullBulkStringRedisMessage.NULL_INSTANCE : new FullBulkStringRedisMessage(Unpooled.wrappedBuffer(value));
        }
        case "SET": {
          ByteBuf content = ((FullBulkStringRedisMessage) command.children().get(2)).content();
          byte[] value = new byte[content.readableBytes()];
          content.getBytes(content.readerIndex(), value);
          VALUES.put(text(command, 1), value);
          return new SimpleStringRedisMessage("OK");
        }
        default: return new ErrorRedisMessage("ERR unknown command");
      }
    }

    @Override public void channelReadComplete(ChannelHandlerContext ctx) { ctx.flush(); }
    @Override public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) { cause.printStackTrace(); ctx.close(); }
  }

  public static void main(String[] arguments) throws Exception {
    EventLoopGroup group = new NioEventLoopGroup(1);
    Channel server = new ServerBootstrap().group(group, group).channel(NioServerSocketChannel.class)
        .childHandler(new ChannelInitializer<SocketChannel>() {
          @Override protected void initChannel(SocketChannel channel) {
            channel.pipeline().addLast(
                new RedisDecoder(), new RedisBulkStringAggregator(), new RedisArrayAggregator(), new RedisEncoder(), new Commands());
          }
        })
        .bind("127.0.0.1", 0).sync().channel();
    System.out.println(((InetSocketAddress) server.localAddress()).getPort());
    System.out.flush();
  }
}

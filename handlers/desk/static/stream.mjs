// One stream of events for all tabs of this browser. The tab that holds the lock opens it and passes
// the events on; when it closes, another takes over and asks for everything after the last number.

const CHANNEL = "desk-events";

export function listen(cursor, onEvent, onState) {
  let seen = cursor;
  const channel = new BroadcastChannel(CHANNEL);

  function take(event) {
    if (event.seq <= seen) return;
    seen = event.seq;
    onEvent(event);
  }

  channel.onmessage = ({ data }) => (data.state ? onState(data.state) : take(data.event));

  navigator.locks.request("desk-stream", () => new Promise(() => open()));

  let wait = 1000;

  function open() {
    const source = new EventSource(`/desk/stream?after=${seen}`);
    source.onopen = () => { wait = 1000; tell("open"); };
    source.onmessage = (message) => {
      const event = { seq: Number(message.lastEventId), ...JSON.parse(message.data) };
      channel.postMessage({ event });
      take(event);
    };
    source.onerror = () => {
      tell("cut");
      if (source.readyState === EventSource.CLOSED) again();
    };
    // A refusal (signed out, or a proxy's error page) closes a native stream for good.
    function again() {
      source.close();
      setTimeout(open, wait);
      wait = Math.min(wait * 2, 20000);
    }
  }

  function tell(state) {
    channel.postMessage({ state });
    onState(state);
  }
}
